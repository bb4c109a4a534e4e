/** Subnets and copies of the store as the routes answer them, by their schemas. */
import type * as z from 'zod';
import type { subnetShape } from '../../manager/http/shapes/jobs.ts';
import type { repositoryCheck, repositoryShape } from '../../manager/http/shapes/repositories.ts';

export type Subnet = z.output<typeof subnetShape>;
export type Repository = z.output<typeof repositoryShape>;
export type RepositoryCheck = z.output<typeof repositoryCheck>;

/** The OpenAPI 3.1 document of the API, made of its routes. */
import * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { problemShape, statusOf } from './problem.ts';
import type { Route } from './route.ts';

/** Where all routes are. */
export const API_PREFIX = '/api/v1';

type Json = Readonly<Record<string, unknown>>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

const content = (schema: Json, type = 'application/json'): Json => ({ [type]: { schema } });

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const parametersOf = (schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] => {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, 'input');
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(isJson(properties) ? properties : {}).map(([name, found]) => {
    const { description, ...rest } = isJson(found) ? found : {};
    const isNeeded = place === 'path' || needed.includes(name);
    return {
      name,
      in: place,
      required: isNeeded,
      schema: rest,
      ...(description ? { description } : {}),
    };
  });
};

/** Status by status, the codes that stand behind it. */
const problemsOf = ({ role, errors = [] }: Route): Json => {
  const common = ['MANAGER_INPUT_INVALID', 'MANAGER_FAILED'] as const;
  const guarded = role === 'anyone' ? [] : (['MANAGER_LOGIN_NEEDED', 'MANAGER_FORBIDDEN'] as const);
  const byStatus = new Map<number, string[]>();
  for (const code of [...errors, ...guarded, ...common]) {
    // Only the table is asked; its placeholders stay as they are.
    const status = statusOf(new NacreError(code, {} as never));
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const problem = content({ $ref: '#/components/schemas/Problem' }, 'application/problem+json');
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { description: codes.join(', '), content: problem },
    ]),
  );
};

const operationOf = (route: Route): Json => {
  const { summary, area, role, status, schemas } = route;
  const { body, answer } = schemas;
  const good = status ?? (answer === undefined ? 204 : 200);
  return {
    summary,
    tags: [area],
    operationId: `${route.method}${route.path.replace(/[/:-]+(\w)?/g, (_, letter?: string) => (letter ?? '').toUpperCase())}`,
    description: role === 'anyone' ? 'Needs no login.' : `Needs the role ${role}.`,
    security: role === 'anyone' ? [] : [{ token: [] }, { session: [] }],
    parameters: [...parametersOf(schemas.params, 'path'), ...parametersOf(schemas.query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: content(schemaOf(body, 'input')) } }),
    responses: {
      [good]: {
        description: 'Done',
        ...(answer === undefined ? {} : { content: content(schemaOf(answer, 'output')) }),
      },
      ...problemsOf(route),
    },
  };
};

/** The document. */
export const openApiOf = (routes: readonly Route[], release: string): Json => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `${API_PREFIX}${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Nacre manager',
      version: release,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemShape, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'nacre_ID_SECRET' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-nacre' },
      },
    },
  };
};

/** Devices that were selected in the Device Manager, on their way to a new update. */
import { signal } from '@preact/signals';

export const chosenDevices = signal<readonly { readonly id: string; readonly name: string }[]>([]);

/** Where in the console one is, as the part of the address behind `#`: `#/devices/ID?tab=…`. */

export interface Place {
  /** `devices`, `ID`. */
  readonly parts: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody typed it; it is no place of ours, and is shown as not there.
    return part;
  }
};

/** @param hash with or without its `#` */
export const parsePlace = (hash: string): Place => {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  return {
    parts: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
};

/** The address of a place; values that are empty are left out. */
export const hashOf = (
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as [string, string]],
  );
  const text = new URLSearchParams(given).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
};

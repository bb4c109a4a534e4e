/** Reads the JSON of a request, within a limit. */
import { NacreError } from '../../errors.ts';

const tooLarge = (mostBytes: number): NacreError =>
  new NacreError('MANAGER_REQUEST_TOO_LARGE', { mostBytes });

const invalid = (reason: string, cause?: unknown): NacreError =>
  new NacreError('MANAGER_INPUT_INVALID', { field: 'body', reason }, { cause });

const readBytes = async (request: Request, mostBytes: number): Promise<Buffer> => {
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge(mostBytes);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (
    let part = await reader?.read();
    part !== undefined && !part.done;
    part = await reader?.read()
  ) {
    length += part.value.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
    parts.push(part.value);
  }
  return Buffer.concat(parts);
};

/** The value of a JSON body. @throws NacreError MANAGER_REQUEST_TOO_LARGE, MANAGER_INPUT_INVALID */
export const readJson = async (request: Request, mostBytes: number): Promise<unknown> => {
  // A form of another site can send text, but not this.
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw invalid('its Content-Type has to be application/json');
  const bytes = await readBytes(request, mostBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('it is no JSON in UTF-8', cause);
  }
};

// What a member publishes of itself in `_system`, for the member list. Any client may write there, so what is read back may
// be anything.
import { utf8Decode, utf8Encode } from '@reknit/base';

export interface MemberAttributes {
  readonly name: string;
  readonly clientURLs: readonly string[];
}

/** Where a member's own attributes stand in `_system`. */
export const memberKey = (id: bigint): string => `reknit/members/${id.toString(16)}`;

export const encodeAttributes = ({ name, clientURLs }: MemberAttributes): Uint8Array =>
  utf8Encode(JSON.stringify({ name, clientURLs }));

/** Undefined when these are no attributes. */
export function decodeAttributes(bytes: Uint8Array): MemberAttributes | undefined {
  const { name, clientURLs } = parse(bytes);
  if (typeof name !== 'string' || !Array.isArray(clientURLs)) return undefined;
  return clientURLs.every((url) => typeof url === 'string') ? { name, clientURLs } : undefined;
}

function parse(bytes: Uint8Array): { readonly name?: unknown; readonly clientURLs?: unknown } {
  try {
    return Object(JSON.parse(utf8Decode(bytes)));
  } catch {
    return {};
  }
}

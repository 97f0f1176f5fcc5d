// Requests with every field at its default, and bytes from Latin-1 text.
import { fromBinaryString, toBinaryString } from '@reknit/base';
import type {
  AppliedPosition,
  Compare,
  DeleteRangeRequest,
  Job,
  KeySpace,
  LeaseGrant,
  Outcome,
  PutRequest,
  RangeRequest,
  RangeResult,
  RequestOp,
} from '@reknit/mvcc';

export const bytes = fromBinaryString;
export const text = toBinaryString;

type Texts = { readonly key?: string; readonly rangeEnd?: string };
type Fields<T> = Texts & Partial<Omit<T, 'key' | 'rangeEnd'>>;

export const ALL: Texts = { key: '\0', rangeEnd: '\0' };

export const rangeOf = (fields: Fields<RangeRequest>): RangeRequest => ({
  limit: 0,
  revision: 0,
  sortOrder: 0,
  sortTarget: 0,
  keysOnly: false,
  countOnly: false,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
  ...fields,
  key: bytes(fields.key ?? ''),
  rangeEnd: bytes(fields.rangeEnd ?? ''),
});

export const putOf = (key: string, value: string, fields: Partial<PutRequest> = {}): PutRequest => ({
  key: bytes(key),
  value: bytes(value),
  lease: 0n,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
  ...fields,
});

export const leaseOf = (id: bigint, ttl: number, index = 1): LeaseGrant => ({ id, ttl, index });

export const deleteOf = (key: string, rangeEnd = '', prevKv = false): DeleteRangeRequest => ({
  key: bytes(key),
  rangeEnd: bytes(rangeEnd),
  prevKv,
});

export const compareOf = (key: string, fields: Partial<Omit<Compare, 'key'>>): Compare => ({
  result: 0,
  target: 0,
  rangeEnd: bytes(''),
  version: 0,
  createRevision: 0,
  modRevision: 0,
  value: bytes(''),
  lease: 0n,
  ...fields,
  key: bytes(key),
});

const NO_OP: RequestOp = {
  requestRange: undefined,
  requestPut: undefined,
  requestDeleteRange: undefined,
  requestTxn: undefined,
};

export const opOf = (op: Partial<RequestOp>): RequestOp => ({ ...NO_OP, ...op });
export const opPut = (key: string, value: string, fields: Partial<PutRequest> = {}): RequestOp =>
  opOf({ requestPut: putOf(key, value, fields) });
export const opRange = (fields: Fields<RangeRequest>): RequestOp => opOf({ requestRange: rangeOf(fields) });
export const opDelete = (key: string, rangeEnd = '', prevKv = false): RequestOp =>
  opOf({ requestDeleteRange: deleteOf(key, rangeEnd, prevKv) });

export function granted<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`refused: ${outcome.error}`);
  return outcome.value;
}

export const errorOf = <T>(outcome: Outcome<T>): string | undefined => (outcome.ok ? undefined : outcome.error);

export const get = (space: KeySpace, key: string, revision = 0): string | undefined => {
  const [kv] = granted(space.range(rangeOf({ key, revision }))).kvs;
  return kv && text(kv.value);
};

export const keysOf = (result: RangeResult): string[] => result.kvs.map((kv) => text(kv.key));

export const put = (space: KeySpace, key: string, value: string): void => void granted(space.put(putOf(key, value)));

export const positionAt = (index: number): AppliedPosition => ({ branch: 'b', epoch: 1, index, round: 1 });

export const flush = (space: KeySpace): Promise<void> =>
  new Promise((resolve, reject) => space.flush((error) => (error === undefined ? resolve() : reject(error))));

export async function finish<T>(job: Job<T>): Promise<T> {
  for (;;) {
    const result = job.step();
    if (result !== undefined) return result;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export async function compactPhysically(space: KeySpace): Promise<void> {
  const job = space.compactionJob();
  if (job !== undefined) await finish(job);
}

export const hashOf = async (space: KeySpace, revision = 0): Promise<number> =>
  granted(await finish(space.hashJob(revision))).hash;

// A store that outlives any agent: a key-value map behind HTTP in the test's own process. An endpoint serves while the
// node that it belongs to answers its health probe, and a majority does.
import http from 'node:http';
import {
  type Committed,
  type Condition,
  type Keyspace,
  type KeyValue,
  type StoreClient,
  StoreError,
  type Transaction,
} from '@reknit/recovery';

interface Call {
  readonly method: 'get' | 'put' | 'putIf' | 'listKeys' | 'transact' | 'grantLease' | 'status' | 'hashKV';
  readonly keyspace: Keyspace;
  readonly endpoint: string | undefined;
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
  readonly transaction: Transaction;
}

export interface StoreServer {
  readonly url: string;
  /** All that was ever written, in order. */
  readonly writes: { readonly key: string; readonly value: string }[];
  close(): void;
}

export async function startStoreServer(endpoints: readonly string[]): Promise<StoreServer> {
  const values = new Map<string, KeyValue>();
  const writes: { key: string; value: string }[] = [];
  let revision = 1;
  const put = ({ keyspace, key, value }: Pick<Call, 'keyspace' | 'key' | 'value'>): number => {
    const { createRevision = ++revision } = values.get(`${keyspace}/${key}`) ?? {};
    values.set(`${keyspace}/${key}`, { value, modRevision: ++revision, createRevision });
    writes.push({ key, value });
    return revision;
  };
  const transact = ({ keyspace, transaction: { when, writes: wanted } }: Call): Committed => {
    const holds = ({ key, createRevision, modRevision }: Condition): boolean => {
      const current = values.get(`${keyspace}/${key}`);
      const isCreated = createRevision === undefined || createRevision === (current?.createRevision ?? 0);
      return isCreated && (modRevision === undefined || modRevision === (current?.modRevision ?? 0));
    };
    if (!when.every(holds)) return { committed: false };
    for (const write of wanted) {
      if (write.kind === 'put') put({ keyspace, ...write });
      else values.delete(`${keyspace}/${write.key}`);
    }
    return { committed: true, revision };
  };
  const answer = (call: Call): unknown => {
    const current = values.get(`${call.keyspace}/${call.key}`);
    switch (call.method) {
      case 'get':
        return current;
      case 'put':
        return put(call);
      case 'putIf':
        return (current?.modRevision ?? 0) === call.modRevision
          ? { written: true, modRevision: put(call) }
          : { written: false, current };
      case 'listKeys':
        return [...values]
          .filter(([name]) => name.startsWith(`${call.keyspace}/${call.key}`))
          .map(([name, { modRevision }]) => ({ key: name.slice(call.keyspace.length + 1), modRevision }));
      case 'transact':
        return transact(call);
      // Leases never expire here: what they are for is tested in virtual time.
      case 'grantLease':
        return { id: (++revision).toString(16), ttlMs: 5000 };
      case 'status':
        return { memberId: call.endpoint, leaderId: endpoints[0], raftAppliedIndex: revision, revision };
      case 'hashKV':
        return { hash: 7, compactRevision: 0 };
    }
  };
  let look: { readonly at: number; readonly living: Promise<readonly string[]> } | undefined;
  const livingNow = (): Promise<readonly string[]> => {
    if (look === undefined || Date.now() - look.at > LOOK_EVERY_MS) look = { at: Date.now(), living: livingOf(endpoints) };
    return look.living;
  };
  const server = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const call = JSON.parse(text) as Call;
    const living = await livingNow();
    const served = living.length * 2 > endpoints.length && (call.endpoint === undefined || living.includes(call.endpoint));
    response.statusCode = served ? 200 : 503;
    response.end(JSON.stringify(served ? { result: answer(call) } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `http://127.0.0.1:${address.port}`, writes, close: () => void server.close() };
}

/** The agent's probes come by the hundred. */
const LOOK_EVERY_MS = 15;

async function livingOf(endpoints: readonly string[]): Promise<readonly string[]> {
  const healthy = await Promise.all(endpoints.map(isHealthy));
  return endpoints.filter((_, at) => healthy[at]);
}

const isHealthy = (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/health`).then(
    (response) => response.ok,
    () => false,
  );

export function storeClientOf(url: string): StoreClient {
  const call = async (parts: Partial<Call>, timeoutMs: number): Promise<never> => {
    const request = { method: 'POST', body: JSON.stringify(parts), signal: AbortSignal.timeout(timeoutMs) };
    const response = await fetch(url, request).catch((error: unknown) => {
      throw new StoreError('unknown-outcome', String(error));
    });
    if (!response.ok) throw new StoreError('unavailable', 'no majority');
    // The test's own server: its answers have the shape that the method asks for.
    return ((await response.json()) as { result: never }).result;
  };
  const endpointOf = (endpoint: string | undefined) => (endpoint === undefined ? {} : { endpoint });
  return {
    get: (keyspace, key, { endpoint, timeoutMs }) => call({ method: 'get', keyspace, key, ...endpointOf(endpoint) }, timeoutMs),
    put: (keyspace, key, value, { endpoint, timeoutMs }) =>
      call({ method: 'put', keyspace, key, value, ...endpointOf(endpoint) }, timeoutMs),
    putIf: (keyspace, key, value, modRevision, { endpoint, timeoutMs }) =>
      call({ method: 'putIf', keyspace, key, value, modRevision, ...endpointOf(endpoint) }, timeoutMs),
    listKeys: (keyspace, key, { timeoutMs }) => call({ method: 'listKeys', keyspace, key }, timeoutMs),
    transact: (keyspace, transaction, { timeoutMs }) => call({ method: 'transact', keyspace, transaction }, timeoutMs),
    grantLease: (keyspace, _ttlMs, { timeoutMs }) => call({ method: 'grantLease', keyspace }, timeoutMs),
    keepLease: () => Promise.resolve(5000),
    revokeLease: () => Promise.resolve(),
    status: (keyspace, endpoint, { timeoutMs }) => call({ method: 'status', keyspace, endpoint }, timeoutMs),
    hashKV: (keyspace, endpoint, _revision, { timeoutMs }) => call({ method: 'hashKV', keyspace, endpoint }, timeoutMs),
  };
}

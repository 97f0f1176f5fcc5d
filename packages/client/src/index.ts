export type { CallOptions } from './caller.js';
export {
  type Client,
  type ClientOptions,
  type ClusterClient,
  createClient,
  type KvClient,
  type MaintenanceClient,
  type ReadOptions,
} from './client.js';
export type { Balance } from './endpoints.js';
export { Code, EtcdError, type FailedOutcome } from './errors.js';
export {
  type Bytes,
  type CompareInput,
  type DeleteRangeInput,
  type OperationInput,
  type PutInput,
  prefixEnd,
  type RangeInput,
  type TxnInput,
} from './inputs.js';
export { createNodeTransport } from './node/transport.js';
export type { CallOutcome, CallRequest, PendingCall, Timer, Transport } from './transport.js';

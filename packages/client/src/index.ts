export type { CallOptions } from './caller.js';
export {
  type Client,
  type ClientOptions,
  type ClusterClient,
  createClient,
  type MaintenanceClient,
} from './client.js';
export { type Comparison, type Comparisons, compare } from './compare.js';
export type {
  ChangeOptions,
  ClusterConfiguration,
  ConfigurationChange,
  ConfigurationClient,
  ConfiguredMember,
  PlanUnderWay,
  ProtocolName,
} from './configuration.js';
export type { Election, Leader, Leadership } from './coordination/election.js';
export type { Lock } from './coordination/lock.js';
export type { PlaceOptions } from './coordination/place.js';
export type { Balance } from './endpoints.js';
export { Code, CompactedError, EtcdError, type FailedOutcome, type FailureReason, LeaseLostError } from './errors.js';
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
export type { KvClient, ReadOptions } from './kv.js';
export type { Lease, LeaseOptions } from './lease/kept-lease.js';
export type { LeaseCalls, LeaseGrantInput } from './lease/lease-calls.js';
export { createNodeTransport } from './node/transport.js';
export type {
  CallOutcome,
  CallRequest,
  OpenStream,
  PendingCall,
  StreamEnd,
  StreamHandlers,
  StreamRequest,
  Timer,
  Transport,
} from './transport.js';
export type { WatchBatch, WatchEvent, WatchInput } from './watch/events.js';
export type { Watch, WatchOptions } from './watch/watch.js';
export type { Subscription, WatchHandlers } from './watch/watcher.js';

export { combineDrivers } from './combine.js';
export { createExistingEtcdClient, type ExistingEtcd } from './etcd/existing-etcd.js';
export { createEtcdStoreClient, type EtcdStoreClient } from './etcd/store-client.js';
export { proofOf } from './node/handshake.js';
export { type HttpOutcome, httpGet } from './node/http-get.js';
export { createNodeDriver, type NodeDriverOptions, type NodeSpec } from './node/node-driver.js';
export { askProbe } from './probes/ask-probe.js';
export { createInstruments } from './probes/instruments.js';
export {
  LOG_DEFAULTS,
  type OutputLog,
  type ProcessComponent,
  type StopSignal,
  subjectsOf,
  VARIABLES,
} from './process/component.js';
export { fillIn, instantiate, type ProcessInstance, variablesIn } from './process/instantiate.js';
export { ownerOfProcess } from './process/lives.js';
export { ProcessDriver, type ProcessDriverOptions } from './process/process-driver.js';

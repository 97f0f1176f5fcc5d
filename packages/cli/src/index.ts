// What an application imports. Members and clients are here at once; what brings the simulator along is loaded when it is called.
export {
  type Client,
  type ClientOptions,
  CompactedError,
  compare,
  createClient,
  EtcdError,
  LeaseLostError,
} from '@reknit/client';
export {
  directoryStorage,
  type EmbeddedMember,
  type EmbeddedMemberOptions,
  type MemberStorage,
  memoryStorage,
  StartError,
  startEmbeddedMember as startMember,
} from '@reknit/host/embedded';
export { CliError } from './cli-error.js';
export type { DemoOptions, DemoParts } from './demo/run-demo.js';
export { type ClusterNode, type ClusterOptions, type LocalCluster, startCluster } from './embed/start-cluster.js';
export type { Soak, SoakFault, SoakOptions, SoakReport } from './load/soak.js';

export const runDemo: typeof import('./demo/run-demo.js').runDemo = async (...parameters) =>
  (await import('./demo/run-demo.js')).runDemo(...parameters);

export const openSoak: typeof import('./load/soak.js').openSoak = async (...parameters) =>
  (await import('./load/soak.js')).openSoak(...parameters);

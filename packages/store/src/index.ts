export { KEYSPACE_METADATA } from './api/context.js';
export { httpHandler } from './api/http.js';
export { ETCD_API_VERSION } from './api/maintenance.js';
export { servicesOf } from './api/services.js';
export { memberKey } from './cluster/attributes.js';
export type { InitialMember } from './cluster/identity.js';
export { joinCluster, mustJoin } from './cluster/join.js';
export { PROTOCOL_NAMES, type ProtocolName } from './cluster/protocol.js';
export type { Change, Request as ChangeRequest } from './configuration/changes.js';
export type { Configuration, MemberRecord, Plan } from './configuration/record.js';
export { Envelope, Operation } from './group/envelope.js';
export type { Group } from './group/group.js';
export type { LeaseCounts } from './group/leases/leases.js';
export { type MemberEvents, StoreMember } from './member.js';
export {
  KEYSPACES,
  type KeyspaceName,
  MEMBER_DEFAULTS,
  type MemberMeters,
  type MemberObserver,
  type MemberOptions,
} from './options.js';
export { StartError, type StartErrorCode } from './start-error.js';
export { carryOutRecovery } from './unsafe-recovery/carry-out.js';
export { proveRecoveryOrder, type RecoveryOrder } from './unsafe-recovery/order.js';
export { type Choice, chooseSurvivor, type HoldingsReport } from './unsafe-recovery/report.js';
export { type StoreAlarm, type StoreSignal, storeSignals } from './vigil/signals.js';
export type { Vitals } from './vigil/vigil.js';

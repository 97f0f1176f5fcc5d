// Every failure that a client can see, with etcd's own code and text (etcd 3.6, rpctypes/error.go): clients match on both.
import { type Failure, Status } from '@reknit/grpc';
import type { MvccError } from '@reknit/mvcc';

const failure = (code: Failure['code'], message: string): Failure => ({ code, message });

type EtcdErrorName =
  | 'emptyKey'
  | 'keyNotFound'
  | 'valueProvided'
  | 'leaseProvided'
  | 'tooManyOperations'
  | 'duplicateKey'
  | 'invalidSort'
  | 'compacted'
  | 'futureRevision'
  | 'leaseNotFound'
  | 'leaseExists'
  | 'leaseTtlTooLarge'
  | 'requestTooLarge'
  | 'tooManyRequests'
  | 'noSpace'
  | 'corruptCluster'
  | 'noLeader'
  | 'leaderChanged'
  | 'notLeader'
  | 'badLeaderTransferee'
  | 'memberExists'
  | 'peerUrlExists'
  | 'notEnoughStarted'
  | 'badMemberUrls'
  | 'memberNotFound'
  | 'memberNotLearner'
  | 'learnerNotReady'
  | 'tooManyLearners'
  | 'unhealthy'
  | 'notForLearners'
  | 'stopped'
  | 'timeout'
  | 'timeoutConnectionLost'
  | 'timeoutLeaderTransfer'
  | 'damagedHere';

export const EtcdErrors: Readonly<Record<EtcdErrorName, Failure>> = {
  emptyKey: failure(Status.invalidArgument, 'etcdserver: key is not provided'),
  keyNotFound: failure(Status.invalidArgument, 'etcdserver: key not found'),
  valueProvided: failure(Status.invalidArgument, 'etcdserver: value is provided'),
  leaseProvided: failure(Status.invalidArgument, 'etcdserver: lease is provided'),
  tooManyOperations: failure(Status.invalidArgument, 'etcdserver: too many operations in txn request'),
  duplicateKey: failure(Status.invalidArgument, 'etcdserver: duplicate key given in txn request'),
  invalidSort: failure(Status.invalidArgument, 'etcdserver: invalid sort option'),
  compacted: failure(Status.outOfRange, 'etcdserver: mvcc: required revision has been compacted'),
  futureRevision: failure(Status.outOfRange, 'etcdserver: mvcc: required revision is a future revision'),
  leaseNotFound: failure(Status.notFound, 'etcdserver: requested lease not found'),
  leaseExists: failure(Status.failedPrecondition, 'etcdserver: lease already exists'),
  leaseTtlTooLarge: failure(Status.outOfRange, 'etcdserver: too large lease TTL'),
  requestTooLarge: failure(Status.invalidArgument, 'etcdserver: request is too large'),
  tooManyRequests: failure(Status.resourceExhausted, 'etcdserver: too many requests'),
  noSpace: failure(Status.resourceExhausted, 'etcdserver: mvcc: database space exceeded'),
  corruptCluster: failure(Status.dataLoss, 'etcdserver: corrupt cluster'),
  noLeader: failure(Status.unavailable, 'etcdserver: no leader'),
  leaderChanged: failure(Status.unavailable, 'etcdserver: leader changed'),
  notLeader: failure(Status.failedPrecondition, 'etcdserver: not leader'),
  badLeaderTransferee: failure(Status.failedPrecondition, 'etcdserver: bad leader transferee'),
  memberExists: failure(Status.failedPrecondition, 'etcdserver: member ID already exist'),
  peerUrlExists: failure(Status.failedPrecondition, 'etcdserver: Peer URLs already exists'),
  notEnoughStarted: failure(Status.failedPrecondition, 'etcdserver: re-configuration failed due to not enough started members'),
  badMemberUrls: failure(Status.invalidArgument, 'etcdserver: given member URLs are invalid'),
  memberNotFound: failure(Status.notFound, 'etcdserver: member not found'),
  memberNotLearner: failure(Status.failedPrecondition, 'etcdserver: can only promote a learner member'),
  learnerNotReady: failure(
    Status.failedPrecondition,
    'etcdserver: can only promote a learner member which is in sync with leader',
  ),
  tooManyLearners: failure(Status.failedPrecondition, 'etcdserver: too many learner members in cluster'),
  unhealthy: failure(Status.unavailable, 'etcdserver: unhealthy cluster'),
  notForLearners: failure(Status.failedPrecondition, 'etcdserver: rpc not supported for learner'),
  stopped: failure(Status.unavailable, 'etcdserver: server stopped'),
  timeout: failure(Status.unavailable, 'etcdserver: request timed out'),
  timeoutConnectionLost: failure(Status.unavailable, 'etcdserver: request timed out, possibly due to connection lost'),
  /** One of those that etcd gives no code. */
  timeoutLeaderTransfer: failure(Status.unknown, 'etcdserver: request timed out, leader transfer took too long'),
  /** Not one of etcd's: another member has the record whole, and clients go on to it at this code. */
  damagedHere: failure(Status.unavailable, 'reknit: this member’s copy of the data is damaged'),
};

export function mvccFailure(error: MvccError): Failure {
  switch (error) {
    case 'compacted':
      return EtcdErrors.compacted;
    case 'future-revision':
      return EtcdErrors.futureRevision;
    case 'key-not-found':
      return EtcdErrors.keyNotFound;
    case 'lease-not-found':
      return EtcdErrors.leaseNotFound;
    case 'lease-exists':
      return EtcdErrors.leaseExists;
  }
}

// One connection that makes the load's requests, whichever protocol the server speaks.
import { Calls } from '../http2/calls.js';
import { type ConnectionEvents, Link, type Protocol } from '../http2/connection.js';
import { requestHeaders } from '../http2/request-headers.js';
import { syncRequest } from '../zookeeper/jute.js';
import { ZooKeeperRequests } from '../zookeeper/requests.js';
import { Session } from '../zookeeper/session.js';
import { METHODS, type RequestKind, RequestMessages, type RequestSource } from './requests.js';

/** What the members of a system understand. */
export type Dialect = 'etcd' | 'zookeeper';

export interface RequestCalls extends Protocol {
  readonly inFlight: number;
  /** How many the server lets be in flight at once. */
  readonly streamsMax: number;
  readonly mayCall: (messageBytes: number) => boolean;
  /** Only after `mayCall`. The message is copied. */
  readonly call: (message: Uint8Array, now: number) => void;
}

export type RequestLink = Link<RequestCalls>;

export interface RequestTarget {
  readonly dialect: Dialect;
  readonly kind: RequestKind;
  readonly port: number;
  /** In gRPC's notation; ZooKeeper knows no deadlines. */
  readonly deadline?: string;
}

export function connectRequests(target: RequestTarget, events: ConnectionEvents): RequestLink {
  const onReply = (sentAt: number, bytes: number): void => events.reply(sentAt, bytes, link.now);
  const link: RequestLink = new Link<RequestCalls>(target.port, protocolOf(target, onReply), events);
  return link;
}

function protocolOf(
  { dialect, kind, port, deadline }: RequestTarget,
  onReply: (sentAt: number, bytes: number) => void,
): RequestCalls {
  if (dialect === 'zookeeper') return new Session(onReply, kind === 'range' ? syncRequest(Buffer.from('/bench')) : undefined);
  const more = deadline === undefined ? {} : { 'grpc-timeout': deadline };
  return new Calls(requestHeaders(`127.0.0.1:${port}`, METHODS[kind], more), onReply);
}

export const requestsOf = (dialect: Dialect, kind: RequestKind): RequestSource =>
  dialect === 'zookeeper' ? new ZooKeeperRequests(kind) : new RequestMessages(kind);

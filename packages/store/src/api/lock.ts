// v3lockpb.Lock: a lock is a candidate's key that no earlier candidate of the same name precedes.
import { decodeLockRequest, decodeUnlockRequest, encodeLockResponse, encodeUnlockResponse } from '@reknit/etcd-api';
import type { UnaryHandler } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import type { StoreMember } from '../member.js';
import { Candidacy } from './concurrency/candidacy.js';
import { remove, unknown } from './concurrency/inner-calls.js';
import type { OpenCalls } from './concurrency/open-calls.js';
import { groupFor, headerOf } from './context.js';
import { decoded } from './decoded.js';

const EXPIRED = 'mutex: session is expired';
const NO_VALUE = new Uint8Array(0);

export function lockMethods(member: StoreMember, open: OpenCalls): Record<string, UnaryHandler> {
  return {
    Lock: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeLockRequest, bytes, reply);
      if (group === undefined || request === undefined) return;
      const { name, lease } = request;
      const candidacy = new Candidacy(
        member,
        group,
        { name, lease, value: NO_VALUE, expired: EXPIRED },
        {
          won: ({ key, revision }) => reply.ok(encodeLockResponse({ header: headerOf(member, group, revision), key })),
          failed: (failure) => reply.fail(failure),
        },
      );
      candidacy.begin(open, context, reply);
    },
    Unlock: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeUnlockRequest, bytes, reply);
      if (group === undefined || request === undefined) return;
      if (request.key.length === 0) return reply.fail(unknown(EtcdErrors.emptyKey.message));
      remove(group, request.key, {
        done: () => reply.ok(encodeUnlockResponse({ header: headerOf(member, group) })),
        failed: (failure) => reply.fail(failure),
      });
    },
  };
}

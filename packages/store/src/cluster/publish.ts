// Tells the cluster where clients find this member; a repeated write of the same attributes does no harm.
import { assert, type Millis, utf8Encode } from '@reknit/base';
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { Operation } from '../group/envelope.js';
import type { StoreMember } from '../member.js';
import { encodeAttributes, memberKey } from './attributes.js';

/** Until it is done. */
const RETRY_AFTER: Millis = 10;

export function publish(member: StoreMember, done: () => void): void {
  const value = encodeAttributes({ name: member.self.name, clientURLs: member.options.advertiseClientUrls });
  const request = encodePutRequest(createPutRequest({ key: utf8Encode(memberKey(member.self.id)), value }));
  const system = member.group('_system');
  assert(system !== undefined, 'attributes are published once the groups run');
  system.write(Operation.put, request, {
    applied: done,
    failed: () => {
      if (!member.closed) member.runtime.clock.after(RETRY_AFTER, () => member.closed || publish(member, done));
    },
  });
}

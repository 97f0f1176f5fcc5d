// What must hold whatever protocol the members run.
import { afterEach, beforeEach, describe } from 'vitest';
import { PROTOCOL_NAMES } from '../../src/cluster/protocol.js';
import { TestCluster } from './test-cluster.js';

/** The same tests once for each protocol; their clusters run it without being told. */
export function describeOverProtocols(name: string, tests: () => void): void {
  describe.each(PROTOCOL_NAMES)(`${name} (%s)`, (protocol) => {
    beforeEach(() => {
      TestCluster.protocol = protocol;
    });
    afterEach(() => {
      TestCluster.protocol = undefined;
    });
    tests();
  });
}

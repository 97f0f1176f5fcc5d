// What the tests ask of a cluster's configuration, in virtual time.
import type { Change } from '../../src/configuration/changes.js';
import type { Configuration } from '../../src/configuration/record.js';
import type { TestCluster, TestMember } from './test-cluster.js';

let requests = 0;

/** In force, or why it is not. */
export function change(
  cluster: TestCluster,
  asked: TestMember,
  wanted: Change,
  id = `test ${++requests}`,
): Configuration | string {
  let outcome: Configuration | string | undefined;
  asked.member.reconfiguration.request({ id, epoch: undefined, change: wanted }, 10_000, {
    done: (configuration) => {
      outcome = configuration;
    },
    failed: ({ message }) => {
      outcome = message;
    },
  });
  cluster.until(() => outcome !== undefined, `${wanted.kind} is answered`);
  return outcome!;
}

export function settled(cluster: TestCluster): void {
  cluster.until(
    () => cluster.members.every((each) => !each.up || each.member.reconfiguration.applied?.plan === undefined),
    'no plan is under way',
  );
}

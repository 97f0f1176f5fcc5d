// How commands change a cluster's members and protocol: one request under one id, repeated until its outcome is known, while the
// phases of the plan are shown as they pass.
import { randomUUID } from 'node:crypto';
import {
  type Client,
  type ClusterConfiguration,
  type ConfigurationChange,
  type ConfiguredMember,
  createClient,
  EtcdError,
  type PlanUnderWay,
} from '@reknit/client';
import { CliError } from '../cli-error.js';
import { findCluster } from '../cluster/find-cluster.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { sleep } from '../sleep.js';
import { planSentence } from './plan-sentence.js';
import type { QueryOptions } from './query-options.js';

export interface ChangeCommandOptions extends QueryOptions {
  /** In milliseconds. */
  readonly timeout?: number;
  /** Commander's `--no-wait`. */
  readonly wait?: boolean;
}

export interface Done {
  readonly before: ClusterConfiguration;
  readonly after: ClusterConfiguration;
  readonly id: string;
}

const TIMEOUT_MS = 60_000;
/** One attempt; the next one carries the same id. */
const ATTEMPT_MS = 5000;
const LOOK_EVERY_MS = 100;

export async function withClient<T>(options: QueryOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient({ endpoints: findCluster(options.endpoints).endpoints });
  try {
    return await work(client);
  } catch (error) {
    throw error instanceof EtcdError ? explained(error) : error;
  } finally {
    client.close();
  }
}

/** @param change made of the configuration as it is now @param announced once it has begun: for what people have to do meanwhile */
export async function carryOut(
  options: ChangeCommandOptions,
  change: (now: ClusterConfiguration) => ConfigurationChange,
  tell: (terminal: Terminal, done: Done) => void,
  announced: (terminal: Terminal, now: ClusterConfiguration) => void = () => undefined,
): Promise<number> {
  return withClient(options, async (client) => {
    const terminal = options.json === true ? silentTerminal() : createTerminal();
    const id = randomUUID();
    const before = await client.configuration.show();
    const deadline = performance.now() + (options.timeout ?? TIMEOUT_MS);
    const watching = follow(client, id, terminal, deadline);
    try {
      await ask(client, change(before), id, deadline);
      announced(terminal, await client.configuration.show());
      if (options.wait !== false) await watching.planEnds();
    } finally {
      watching.stop();
    }
    const after = await client.configuration.show();
    if (options.json === true) jsonDocument({ format: 1, id, ...shown(after) });
    else tell(terminal, { before, after, id });
    return EXIT.ok;
  });
}

/** What `--json` promises: nothing of it goes away. */
export const shown = ({ epoch, protocol, members, plan, keyspaces }: ClusterConfiguration): object => ({
  epoch,
  protocol,
  members,
  plan: plan ?? null,
  keyspaces,
});

/** By its name, or by its id as it is listed. */
export function memberNamed({ members }: ClusterConfiguration, given: string): ConfiguredMember {
  const id = given.toLowerCase().replace(/^0x/, '').padStart(16, '0');
  const found = members.filter((member) => member.id === id || (member.name !== '' && member.name === given));
  if (found.length === 1) return found[0]!;
  const known = members.map((member) => (member.name === '' ? member.id : `${member.name} (${member.id})`)).join(', ');
  if (found.length > 1) throw new CliError(`several members are named ${given}`, `use the id: ${known}`, EXIT.usage);
  throw new CliError(`no member ${given} in this cluster`, `there are ${known}`, EXIT.usage);
}

async function ask(client: Client, change: ConfigurationChange, id: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      await client.configuration.change(change, { id, timeoutMs: ATTEMPT_MS });
      return;
    } catch (error) {
      const again = error instanceof EtcdError && error.outcome === 'unknown' && performance.now() < deadline;
      if (!again) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** Shows each phase of the plan as it comes. */
function follow(client: Client, id: string, terminal: Terminal, deadline: number): { planEnds(): Promise<void>; stop(): void } {
  let open = true;
  let last = '';
  const look = async (): Promise<PlanUnderWay | undefined> => {
    const { plan } = await client.configuration.show({ timeoutMs: ATTEMPT_MS });
    if (plan?.id !== id) return undefined;
    const text = planSentence(plan);
    if (text !== last) terminal.line(`  ${terminal.paint.dim('…')} ${text}`);
    last = text;
    return plan;
  };
  const watch = async (): Promise<void> => {
    while (open) {
      // Whoever asked hears of failures by the request itself.
      await look().catch(() => undefined);
      await sleep(LOOK_EVERY_MS);
    }
  };
  void watch();
  return {
    async planEnds() {
      for (;;) {
        const plan = await look();
        if (plan === undefined) return;
        if (performance.now() >= deadline) throw stillUnderWay(plan);
        await sleep(LOOK_EVERY_MS);
      }
    },
    stop() {
      open = false;
    },
  };
}

const stillUnderWay = ({ what, missing }: PlanUnderWay): CliError =>
  new CliError(
    `not done yet: ${what}${missing.length > 0 ? `, ${missing.join(', ')}` : ''}`,
    'it goes on by itself; look with  reknit member list , end it with  reknit member cancel',
  );

/** Etcd's texts name no cure. */
const CURES: readonly (readonly [text: string, cure: string])[] = [
  ['unhealthy cluster', 'bring the members back that are down (reknit status), or remove one of those that are down'],
  ['not enough started members', 'add and start a member first'],
  ['in sync with leader', 'wait until it has caught up, or start it if it is down'],
  ['only promote a learner', 'it votes already; see  reknit member list'],
  ['Peer URLs already exists', 'give the member peer URLs of its own'],
  ['URLs are invalid', 'write  http://HOST:PORT , several separated by commas'],
  ['too many learner', 'promote or remove the learner that there is'],
  ['member not found', 'see  reknit member list'],
  ['rpc not supported for learner', 'ask a member that votes with --endpoints'],
];

function explained(error: EtcdError): Error {
  if (error.reason === 'unreachable') return new CliError(error.message, 'see  reknit status', EXIT.unreachable);
  const cure = CURES.find(([text]) => error.message.includes(text))?.[1];
  if (cure !== undefined) return new CliError(error.message, cure);
  const [cause, ...rest] = error.message.split('; ');
  return new CliError(cause!, rest.length > 0 ? rest.join('; ') : 'see  reknit status');
}

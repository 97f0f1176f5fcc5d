// The small language of golden transcripts. A line that begins with '>' is a command; what follows it is what the
// replicas did. Commands (the clock of each member is its own):
//
//   new n1 n2 n3 [learner n4] [inFlightMax=1 …]   voters, learners, limits
//   campaign n1            its election time-out passes
//   tick n1 50             its clock moves on
//   propose n1 x y         a batch; `stop n1` proposes a stop-sign
//   read n2                with the next token
//   stored n1              its oldest store effect becomes durable
//   deliver n1 n2 [count]  the oldest messages between them; `drop n1 n2` loses them all
//   stabilize [without n1] all messages are delivered and everything is stored until nothing moves, n1's disk apart
//   lose-link n1 n2 / connect n1 n2
//   crash n1 / lost n2 n1  its process ends / n2 alone learns that its link to n1 broke
//   suspect n2 n1 / trust n2 n1   n2's failure detector finds n1 silent / hears it again
//   kill n1 / restart n1   kill: crash, and all others learn of it
//   compact n1 3           its log begins after 3 / install n4 / fail-install n4
//   transfer n1 n2
//   join n4 / learners n1 n4 n5   a member that starts as a learner / a decided entry told n1 that these are the learners
//   status
import type { NodeId, Protocol, ReplicaLimits } from '../../src/index.js';
import { describeEffects } from './describe.js';
import { ELECTION_TIMEOUT, Sandbox } from './sandbox.js';

const STEPS_MAX = 10_000;

export function runScript<Message>(protocol: Protocol<Message>, text: string): string {
  const script = new Script(protocol);
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '') script.lines.push(line);
    else if (line.startsWith('> ')) script.run(line);
  }
  return `${script.lines.join('\n').trimEnd()}\n`;
}

class Script<Message> {
  readonly lines: string[] = [];
  readonly #protocol: Protocol<Message>;
  #sandbox: Sandbox<Message> | undefined;
  readonly #roles = new Map<NodeId, string>();

  constructor(protocol: Protocol<Message>) {
    this.#protocol = protocol;
  }

  run(line: string): void {
    this.lines.push(line);
    const [command = '', ...args] = line.slice(2).split(' ');
    if (command === 'new') this.#new(args);
    else this.#execute(this.#sandbox!, command, args);
  }

  #new(args: readonly string[]): void {
    const limits = Object.fromEntries(
      args
        .filter((arg) => arg.includes('='))
        .map((arg) => arg.split('='))
        .map(([name, value]) => [name, Number(value)]),
    );
    const names = args.filter((arg) => !arg.includes('='));
    const cut = names.includes('learner') ? names.indexOf('learner') : names.length;
    this.#sandbox = new Sandbox({
      protocol: this.#protocol,
      voters: names.slice(0, cut),
      learners: names.slice(cut + 1),
      limits: limits as Partial<ReplicaLimits>,
      wire: 'codec',
      observe: { effects: (id, effects) => this.#print(id, describeEffects(id, effects)) },
    });
  }

  #execute(sandbox: Sandbox<Message>, command: string, args: readonly string[]): void {
    const [one, two] = args as readonly NodeId[];
    const first = one as NodeId;
    const second = two as NodeId;
    switch (command) {
      case 'campaign':
        return sandbox.tick(first, 2 * ELECTION_TIMEOUT);
      case 'tick':
        return sandbox.tick(first, Number(second));
      case 'propose': {
        const proposed = sandbox.propose(first, args.slice(1));
        return this.#note(proposed?.accepted === false ? `${first} refuses: ${proposed.reason}` : undefined);
      }
      case 'stop': {
        const proposed = sandbox.propose(first, [''], 'stop-sign');
        return this.#note(proposed?.accepted === false ? `${first} refuses: ${proposed.reason}` : undefined);
      }
      case 'read':
        sandbox.read(first);
        return;
      case 'stored':
        return this.#note(sandbox.store(first) ? undefined : `${first} has nothing under way`);
      case 'deliver':
        for (let left = Number(args[2] ?? 1); left > 0; left--) sandbox.deliver(first, second);
        return;
      case 'drop':
        sandbox.link(first, second).length = 0;
        return;
      case 'stabilize':
        return stabilize(sandbox, args.slice(1));
      case 'lose-link':
        return sandbox.loseLink(first, second);
      case 'connect':
        return sandbox.connect(first, second);
      case 'crash':
        this.#roles.delete(first);
        return sandbox.crash(first);
      case 'lost':
        return sandbox.step(first, { kind: 'peer-lost', peer: second });
      case 'suspect':
        return sandbox.step(first, { kind: 'peer-suspected', peer: second });
      case 'trust':
        return sandbox.step(first, { kind: 'peer-trusted', peer: second });
      case 'kill':
        sandbox.crash(first);
        this.#roles.delete(first);
        for (const other of sandbox.members.keys()) sandbox.step(other, { kind: 'peer-lost', peer: first });
        return;
      case 'restart':
        sandbox.start(first);
        for (const other of sandbox.members.keys()) if (other !== first) sandbox.connect(first, other);
        return;
      case 'compact':
        return sandbox.compact(first, Number(second));
      case 'install':
        sandbox.install(first);
        return;
      case 'fail-install':
        return sandbox.failInstall(first);
      case 'transfer':
        return sandbox.step(first, { kind: 'transfer', to: second });
      case 'join':
        return sandbox.join(first);
      case 'learners':
        return sandbox.learn(first, (args as readonly NodeId[]).slice(1));
      case 'status':
        return this.#status(sandbox);
      default:
        throw new Error(`no command ${command}`);
    }
  }

  #print(id: NodeId, lines: readonly string[]): void {
    for (const line of lines) this.lines.push(`  ${line}`);
    const role = this.#sandbox?.member(id).replica?.status().role;
    if (role !== undefined && this.#roles.get(id) !== role) {
      if (this.#roles.has(id) || (role !== 'follower' && role !== 'learner')) this.lines.push(`  ${id} is now ${role}`);
      this.#roles.set(id, role);
    }
  }

  #note(line: string | undefined): void {
    if (line !== undefined) this.lines.push(`  ${line}`);
  }

  #status(sandbox: Sandbox<Message>): void {
    for (const { id, replica } of sandbox.members.values()) {
      if (replica === undefined) {
        this.lines.push(`  ${id} is down`);
        continue;
      }
      const { role, round, leader, commit, last, ready, phase, progress } = replica.status();
      const peers = progress.map((peer) => `${peer.id}:${peer.state}/${peer.match}/${peer.inFlight}`).join(' ');
      this.lines.push(
        `  ${id} ${role} round=${round} leader=${leader ?? '-'} commit=${commit} last=${last}${ready ? ' ready' : ''}${phase === undefined ? '' : ` (${phase})`}${peers === '' ? '' : ` ${peers}`}`,
      );
    }
  }
}

/** In a fixed order: all messages by link, then all disks. */
export function stabilize<Message>(sandbox: Sandbox<Message>, stalledDisks: readonly string[] = []): void {
  const ids = [...sandbox.members.keys()];
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    let moved = false;
    for (const from of ids) for (const to of ids) if (from !== to) moved = sandbox.deliver(from, to) || moved;
    for (const id of ids) if (!stalledDisks.includes(id)) moved = sandbox.store(id) || moved;
    if (!moved) return;
  }
  throw new Error(`still moving after ${STEPS_MAX} rounds`);
}

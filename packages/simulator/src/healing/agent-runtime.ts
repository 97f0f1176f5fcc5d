// The runtime of an agent: that of its simulated process, but its writes are effects at which it may die, and everything that
// happens to it stirs the run, which then lets its promises go on before anything else happens.
import type { Runtime } from '@reknit/runtime';
import type { AgentLife } from './agent-life.js';

/** At these a kill has something to cut in two. */
const EFFECTS: ReadonlySet<string> = new Set(['write', 'writeAndSync', 'sync', 'truncate', 'rename', 'remove']);

export function agentRuntime(runtime: Runtime, life: AgentLife, stir: () => void): Runtime {
  const { clock } = runtime;
  const stirring = (callback: () => void) => () => {
    stir();
    callback();
  };
  return {
    ...runtime,
    clock: {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (delay, callback) => clock.after(delay, stirring(callback)),
      soon: (callback) => clock.soon(stirring(callback)),
    },
    disk: guarded(runtime.disk, life),
  };
}

/** Calls of a dead process do nothing. */
function guarded<Target extends object>(target: Target, life: AgentLife): Target {
  return new Proxy(target, {
    get: (object, name) => {
      const member: unknown = Reflect.get(object, name);
      if (typeof member !== 'function') return member;
      return (...parts: readonly unknown[]): unknown => {
        const happens = EFFECTS.has(String(name)) ? life.mayAct() : life.alive;
        if (!happens) return undefined;
        const result: unknown = member.apply(object, parts);
        return name === 'open' ? guarded(result as object, life) : result;
      };
    },
  });
}

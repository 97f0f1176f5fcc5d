// What keeps the agent from acting, in words: a pause, or the kill switch.
import type { AgentStatus } from '@reknit/host/agent';
import { clockTime, spokenDuration } from './words.js';

/** @param now wall clock */
export function pauseSentence({ subject, until, by }: AgentStatus['pauses'][number], now: number): string {
  const what = subject === undefined ? 'healing' : `healing of ${subject}`;
  return `${what}, by ${by}, for another ${spokenDuration(Math.max(0, until - now))} (until ${clockTime(until).slice(0, 8)}); sooner with  reknit resume${subject === undefined ? '' : ` ${subject}`}`;
}

/** Undefined: it is not thrown. */
export function killSwitchSentence(killSwitch: AgentStatus['killSwitch']): string | undefined {
  if (killSwitch === undefined || killSwitch.state === 'absent') return undefined;
  const { path, state } = killSwitch;
  return state === 'present'
    ? `thrown: the agent only observes; release it with  rm ${path}`
    : `${path} cannot be read: the agent does nothing that needs the store`;
}

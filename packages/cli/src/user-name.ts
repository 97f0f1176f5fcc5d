import { userInfo } from 'node:os';

/** Who asks, for the agent's journal. A user without an entry in the system's list has no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}

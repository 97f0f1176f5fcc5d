import type { Millis } from '@reknit/base';
import type { Clock } from '@reknit/runtime';

export const sleep = (clock: Clock, delay: Millis): Promise<void> => new Promise((resolve) => void clock.after(delay, resolve));

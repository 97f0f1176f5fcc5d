// What one member bears of watches. etcd has no such limits and runs out of memory instead; here who asks for too much is
// told so, and nobody else notices.

export interface WatchLimits {
  /** One client library uses one stream, or a few: this many on one connection are a defect or an attack. */
  readonly streamsPerConnection: number;
  /** About 5 kB each with their share of HTTP/2: 100 MB. */
  readonly streams: number;
  /** Large controllers have some hundreds. */
  readonly watchersPerStream: number;
  /** About 700 bytes each: 70 MB. A change that concerns all of them takes some 50 ms to hand out. */
  readonly watchers: number;
  /** Answers to requests (not events: those wait in the history) that a client has left unread; 300 bytes each. */
  readonly unreadAnswersPerStream: number;
  /** Beyond it only streams with few of them may ask for more. */
  readonly unreadAnswers: number;
}

export const WATCH_LIMITS: WatchLimits = {
  streamsPerConnection: 1000,
  streams: 20_000,
  watchersPerStream: 50_000,
  watchers: 100_000,
  unreadAnswersPerStream: 10_000,
  unreadAnswers: 100_000,
};

/** So many unread answers are nobody's fault. */
export const FEW_UNREAD_ANSWERS = 100;

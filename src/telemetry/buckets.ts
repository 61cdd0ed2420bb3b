/** Upper bounds of the histograms' buckets: seconds, events or bytes. */

export const BUCKETS = {
  // The bounds go up to a day's delay. Every SLO threshold must be one of them.
  delivery: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21_600, 86_400],
  age: [1, 10, 60, 300, 1800, 3600, 21_600, 86_400, 172_800, 345_600, 604_800],
  request: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  redis: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 2],
  events: [1, 5, 10, 25, 50, 100, 200, 300, 400, 500],
  bytes: [1_000, 10_000, 50_000, 100_000, 250_000, 500_000, 750_000, 1_000_000],
  linger: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
};

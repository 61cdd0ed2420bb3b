/** Commit messages: Conventional Commits, a subject that a list shows in full. Checked by scripts/check-commits.mjs. */
export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    'header-max-length': [2, 'always', 72],
    // Names keep their capitals wherever they stand: Amazon, Redis, README.
    'subject-case': [0],
    // Tables and URLs may be longer.
    'body-max-line-length': [0],
    'footer-max-line-length': [0],
  },
};

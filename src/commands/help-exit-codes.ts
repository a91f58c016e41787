/** `smsfood help exit-codes`. */
export const EXIT_CODES_HELP = `Exit codes of smsfood:

  0    done, nothing found (warnings included)
  1    findings: a check failed, drift remains, an event failed
  2    wrong usage, configuration or check file; nothing was sent to the database
  3    could not be done or could not be vouched for: the database is unreachable,
       lost or too slow, a check is in error, another run holds the lock
  130  interrupted (Ctrl-C)
  143  terminated (SIGTERM)

With findings and errors together: 1. Selecting nothing is 2, never a silent success.
\`smsfood check --fail-on warn\` counts warnings as findings, \`--fail-on never\` counts none.
`;

import { expect, test } from 'vitest'
import { type Abilities, abilitiesOf } from '../../src/report/abilities.ts'

const NOTHING: Abilities = { live: false, colour: false, hyperlinks: false }
const TERMINAL: Abilities = { live: true, colour: true, hyperlinks: false }
const LINKED: Abilities = { ...TERMINAL, hyperlinks: true }

test.each<[name: string, env: Record<string, string>, isTTY: boolean, isCI: boolean, Abilities]>([
  ['a terminal', { TERM: 'xterm-256color' }, true, false, TERMINAL],
  ['a pipe', { TERM: 'xterm-256color' }, false, false, NOTHING],
  ['a dumb terminal', { TERM: 'dumb' }, true, false, NOTHING],
  ['NO_COLOR', { NO_COLOR: '1' }, true, false, { ...TERMINAL, colour: false }],
  ['an empty NO_COLOR', { NO_COLOR: '' }, true, false, TERMINAL],
  [
    'NO_COLOR and FORCE_COLOR',
    { NO_COLOR: '1', FORCE_COLOR: '1' },
    true,
    false,
    { ...TERMINAL, colour: false },
  ],
  ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, false, { ...NOTHING, colour: true }],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false, { ...TERMINAL, colour: false }],
  ['a CI system', {}, false, true, { ...NOTHING, colour: true }],
  ['a CI system with a terminal', {}, true, true, { ...NOTHING, colour: true }],
  ['an unknown CI system', { CI: 'true' }, true, false, { ...NOTHING, colour: true }],
  ['CI=false', { CI: 'false' }, true, false, TERMINAL],
  ['iTerm', { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.5.0' }, true, false, LINKED],
  ['kitty', { TERM: 'xterm-kitty' }, true, false, LINKED],
  ['GNOME', { VTE_VERSION: '7600' }, true, false, LINKED],
  ['an old GNOME', { VTE_VERSION: '4600' }, true, false, TERMINAL],
  ['Windows Terminal', { WT_SESSION: 'x' }, true, false, LINKED],
  ['VS Code', { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.99.0' }, true, false, TERMINAL],
  ['tmux', { TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.4' }, true, false, LINKED],
  ['an old tmux', { TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.3a' }, true, false, TERMINAL],
  ['hyperlinks in a pipe', { TERM: 'xterm-kitty' }, false, false, NOTHING],
  ['FORCE_HYPERLINK', { FORCE_HYPERLINK: '1' }, true, false, LINKED],
])('%s', (_, env, isTTY, isCI, abilities) => {
  expect(abilitiesOf(env, isTTY, isCI)).toEqual(abilities)
})

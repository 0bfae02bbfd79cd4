/** What the output of the command line can show, by the conventions of terminals. */

export interface Abilities {
  /** Lines that are drawn again and again. */
  live: boolean
  colour: boolean
  hyperlinks: boolean
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * @param isTTY whether it goes to a terminal
 * @param isCI whether a known CI system shows it, whose pages have colours and keep every line
 */
export function abilitiesOf(env: Variables, isTTY: boolean, isCI: boolean): Abilities {
  const { NO_COLOR = '', FORCE_COLOR = '', TERM, CI = '' } = env
  const dumb = TERM === 'dumb'
  const hosted = isCI || (CI !== '' && CI !== 'false')
  const live = isTTY && !dumb && !hosted
  return {
    live,
    colour: hasColour(NO_COLOR, FORCE_COLOR, (isTTY && !dumb) || hosted),
    hyperlinks: live && hasHyperlinks(env),
  }
}

/** https://no-color.org, https://force-color.org */
function hasColour(no: string, force: string, otherwise: boolean): boolean {
  if (no !== '') return false
  if (force !== '') return force !== '0' && force !== 'false'
  return otherwise
}

/** Terminals that show a hyperlink with its text alone: https://github.com/Alhadis/OSC8-Adoption */
function hasHyperlinks(env: Variables): boolean {
  const {
    FORCE_HYPERLINK = '',
    TERM = '',
    TERM_PROGRAM = '',
    TERM_PROGRAM_VERSION = '',
    VTE_VERSION = '',
  } = env
  if (FORCE_HYPERLINK !== '') return FORCE_HYPERLINK !== '0'
  const version = Number.parseFloat(TERM_PROGRAM_VERSION)
  // It links path:line itself, and opens the line, which it does not for a file: address.
  if (TERM_PROGRAM === 'vscode') return false
  if (TERM_PROGRAM === 'tmux') return version >= 3.4
  if (TERM_PROGRAM === 'iTerm.app') return version >= 3.1
  if (/^(WezTerm|ghostty|Hyper|Tabby|rio|zed)$/.test(TERM_PROGRAM)) return true
  return (
    Number(VTE_VERSION) >= 5000 ||
    (env.WT_SESSION ?? '') !== '' ||
    (env.KONSOLE_VERSION ?? '') !== '' ||
    /^(xterm-kitty|xterm-ghostty|alacritty|foot)/.test(TERM)
  )
}

import { isBot } from '../github/comment.ts'
import { type Fields, fields, number, text } from '../json.ts'
import { wasTicked } from '../report/comment.ts'

/** What a comment asks for. */
export interface CommentCommand {
  /** `rerun` continues an earlier run; the others are dbt's. */
  name: 'rerun' | 'build' | 'run' | 'test' | 'seed' | 'snapshot'
  /** dbt's selectors, separated by blanks; empty where none is given. */
  select: string
}

/** A command with who gave it and where. */
export interface Request {
  command: CommentCommand
  /** Number of the pull request. */
  pull: number
  /** The comment that gets the reaction. */
  commentId: number
  /** Login of the person whose permission counts. */
  author: string
}

const MOST_WORDS = 50
const LONGEST_WORD = 250
/** Of dbt's selector methods, graph operators, unions and intersections; nothing that any program would expand. */
const WORD = /^[A-Za-z0-9_.@+*][A-Za-z0-9_.@+*:,/-]*$/

/**
 * Reads a comment that is a command as a whole: `/dbt rerun`, `/dbt rerun stg_orders+ tag:nightly`,
 * `/dbt build stg_orders+`. Whatever goes beyond that is a text that people may write, and no command.
 */
export function readCommand(body: string): CommentCommand | undefined {
  // Before anything else is done with a text of any length.
  if (body.length > (MOST_WORDS + 2) * (LONGEST_WORD + 1)) return undefined
  const [start, first, ...rest] = body.replace(/\r?\n$/, '').split(' ')
  const name = start === '/dbt' ? NAMES.find((known) => known === first) : undefined
  const words = rest.filter((word) => word !== '')
  if (!name || words.length > MOST_WORDS) return undefined
  if (!words.every((word) => word.length <= LONGEST_WORD && WORD.test(word))) return undefined
  return { name, select: words.join(' ') }
}

const NAMES = ['rerun', 'build', 'run', 'test', 'seed', 'snapshot'] as const

/**
 * Reads an `issue_comment` event. The author's permission is not known yet.
 * @param payload https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
 * @returns a sentence for the log where there is nothing to do
 */
export function requestOf(payload: unknown): Request | string {
  const event = fields(payload)
  const [issue, comment, sender] = [fields(event.issue), fields(event.comment), fields(event.sender)]
  const pull = number(issue.number)
  const commentId = number(comment.id)
  const author = text(sender.login)
  if (pull === undefined || commentId === undefined || !author) return 'This event is not of a comment.'
  if (Object.keys(fields(issue.pull_request)).length === 0) return 'This comment is not on a pull request.'
  if (issue.state !== 'open') return 'The pull request is not open.'
  const command = event.action === 'edited' ? tickOf(event, comment) : commandOf(event, comment)
  if (typeof command === 'string') return command
  // Apps and organizations have no permission of their own to ask for.
  if (sender.type !== 'User') return 'Commands are taken from people only, not from bots.'
  return { command, pull, commentId, author }
}

function commandOf(event: Fields, comment: Fields): CommentCommand | string {
  if (event.action !== 'created') return 'Only new comments, and ticks of our own box, are read.'
  const command = readCommand(text(comment.body))
  if (!command) return 'This comment is no command.'
  const { login, type } = fields(comment.user)
  const own = type === 'User' && login === fields(event.sender).login
  return own ? command : 'Commands are taken from people only, not from bots.'
}

/** A tick in a comment of ours is a rerun by whoever ticked it. */
function tickOf(event: Fields, comment: Fields): CommentCommand | string {
  if (!isBot(comment.user)) return 'An edited comment is no command.'
  const before = text(fields(fields(fields(event.changes).body)).from)
  if (!wasTicked(before, text(comment.body))) return 'This edit ticked no box of ours.'
  return { name: 'rerun', select: '' }
}

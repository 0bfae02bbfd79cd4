/** A line of a template together with the Jinja tags that began on it: `{{ f(` and `) }}` may be lines apart. */
export interface TemplateLine {
  /** The number of its first line in the file, from 1. */
  line: number
  /** How many lines of the file it spans. */
  span: number
  /** The text between the tags, blanks squeezed; in their order. */
  pieces: string[]
  /** The length of all pieces. */
  length: number
  /** The piece before the first tag, and the one behind the last; empty where the line has none there. */
  beginning: string
  ending: string
  /** The inside of its `{{ … }}`, empty where it has none. */
  expression: string
  /** Whether it holds any tag at all. */
  tagged: boolean
  /** The number of enclosing blocks that may leave it out or repeat it. */
  depth: number
}

/** The lines of a loop's body, as indices of template lines, both included. */
export interface Loop {
  first: number
  last: number
}

export interface Template {
  lines: TemplateLine[]
  loops: Loop[]
}

interface Tag {
  kind: 'text' | 'expression' | 'statement' | 'comment'
  text: string
}

/** Reads a template for comparison with what it was compiled to. Takes any text; a tag that never ends is text. */
export function readTemplate(source: string): Template {
  const lines: TemplateLine[] = []
  const loops: Loop[] = []
  const blocks: { word: string; from: number }[] = []
  let number = 1
  for (const tags of logicalLines(source)) {
    const before = conditional(blocks)
    let least = before
    for (const tag of tags) {
      if (tag.kind !== 'statement') continue
      follow(tag.text, blocks, lines.length, loops)
      least = Math.max(least, conditional(blocks))
    }
    const texts = tags.filter(({ kind }) => kind === 'text').map(({ text }) => squeeze(text))
    const span = 1 + tags.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0)
    const pieces = texts.filter((text) => text !== '')
    const edge = (tag: Tag | undefined) => (tag?.kind === 'text' ? squeeze(tag.text) : '')
    lines.push({
      line: number,
      span,
      pieces,
      length: pieces.reduce((sum, piece) => sum + piece.length, 0),
      beginning: edge(tags[0]),
      ending: edge(tags.at(-1)),
      expression: tags.flatMap(({ kind, text }) => (kind === 'expression' ? [text] : [])).join(' '),
      tagged: tags.some(({ kind }) => kind !== 'text'),
      depth: Math.min(least, Math.max(before, conditional(blocks))) || least,
    })
    number += span
  }
  return { lines, loops }
}

/** Blocks whose content may be missing from, or stand elsewhere in, what is compiled. */
const CONDITIONAL = new Set(['if', 'for', 'set', 'macro', 'call', 'filter', 'test', 'materialization'])

function conditional(blocks: { word: string }[]): number {
  return blocks.filter(({ word }) => CONDITIONAL.has(word)).length
}

/** Opens and closes blocks by one statement tag. */
function follow(tag: string, blocks: { word: string; from: number }[], index: number, loops: Loop[]): void {
  const word = /^[-+\s]*(\w+)/.exec(tag)?.[1] ?? ''
  if (word.startsWith('end')) {
    const at = blocks.findLastIndex((block) => block.word === word.slice(3))
    if (at < 0) return
    const block = blocks[at]
    if (block?.word === 'for') loops.push({ first: block.from, last: index })
    blocks.length = at
  } else if (word !== 'set' ? CONDITIONAL.has(word) || word === 'snapshot' : !tag.includes('=')) {
    blocks.push({ word, from: index })
  }
}

/** The innermost block that is still open at the end of a file, by the line of its tag; undefined where none is. */
export function unclosedBlock(source: string): number | undefined {
  const open: { word: string; line: number }[] = []
  let line = 1
  for (const tag of tagsOf(source)) {
    const word = tag.kind === 'statement' ? (/^[-+\s]*(\w+)/.exec(tag.text)?.[1] ?? '') : ''
    if (word.startsWith('end')) {
      if (open.at(-1)?.word === word.slice(3)) open.pop()
    } else if (
      word === 'set'
        ? !tag.text.includes('=')
        : CONDITIONAL.has(word) || word === 'snapshot' || word === 'docs'
    ) {
      open.push({ word, line })
    }
    line += tag.text.split('\n').length - 1
  }
  return open.at(-1)?.line
}

const CLOSING = { '{{': '}}', '{%': '%}', '{#': '#}' } as const
const KIND = { '{{': 'expression', '{%': 'statement', '{#': 'comment' } as const

/** Cuts a source at its tags; the text of a tag is what stands between its braces. */
function* tagsOf(source: string): Generator<Tag> {
  let at = 0
  for (;;) {
    const open = nextOpening(source, at)
    if (open < 0) break
    const mark = source.slice(open, open + 2) as keyof typeof CLOSING
    const end = source.indexOf(CLOSING[mark], open + 2)
    if (end < 0) break
    if (open > at) yield { kind: 'text', text: source.slice(at, open) }
    yield { kind: KIND[mark], text: source.slice(open + 2, end) }
    at = end + 2
  }
  if (at < source.length) yield { kind: 'text', text: source.slice(at) }
}

function nextOpening(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at >= 0; at = source.indexOf('{', at + 1)) {
    if ('{%#'.includes(source[at + 1] ?? ' ')) return at
  }
  return -1
}

/** The tags and texts of each line; a line goes on while a tag is open. */
function* logicalLines(source: string): Generator<Tag[]> {
  let current: Tag[] = []
  for (const tag of tagsOf(source)) {
    if (tag.kind !== 'text') {
      current.push(tag)
      continue
    }
    const parts = tag.text.split('\n')
    for (const [i, text] of parts.entries()) {
      if (i > 0) {
        yield current
        current = []
      }
      if (text !== '') current.push({ kind: 'text', text })
    }
  }
  yield current
}

/** One blank for many, none at the ends. */
export function squeeze(line: string): string {
  return line.replace(/\s+/g, ' ').trim()
}

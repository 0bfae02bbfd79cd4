import { useState } from 'preact/hooks'
import { figure } from '../src/report/figures.ts'
import type { PageExcerpt, PageTable } from '../src/report/page-data.ts'
import { Scroll } from './box.tsx'
import { tokens } from './sql.ts'

export function Sql({ text }: { text: string }) {
  return (
    <Scroll class="code" label="Compiled SQL">
      <pre>
        <code>
          <Coloured text={text} />
        </code>
      </pre>
    </Scroll>
  )
}

function Coloured({ text }: { text: string }) {
  return (
    <>
      {tokens(text).map(({ kind, text }, index) =>
        kind === 'text' ? (
          text
        ) : (
          <span key={index} class={kind}>
            {text}
          </span>
        ),
      )}
    </>
  )
}

/** Lines around the one that matters, which is marked. */
export function Excerpt({ excerpt: { first, lines, line, caret } }: { excerpt: PageExcerpt }) {
  return (
    <Scroll class="code excerpt" label="Source">
      <pre>
        <code>
          {lines.map((text, index) => {
            const number = first + index
            return (
              <span key={number} class={number === line ? 'line here' : 'line'}>
                <span class="number">{number}</span>
                <Coloured text={text} />
                {'\n'}
                {number === line && caret && (
                  <span class="caret" aria-hidden="true">
                    {`${' '.repeat(caret.at)}${'^'.repeat(caret.length)}\n`}
                  </span>
                )}
              </span>
            )
          })}
        </code>
      </pre>
    </Scroll>
  )
}

/** Something to paste into a terminal. */
export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = () => {
    // Not there where the page has no origin.
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => {},
    )
  }
  return (
    <div class="copyable">
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label="Copy the command">
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  )
}

export function Rows({ table: { columns, rows, total } }: { table: PageTable }) {
  return (
    <Scroll label="Failing rows">
      <table class="rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((column, place) => (
                <td key={column}>{row[place]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {total !== undefined && total > rows.length && (
        <p class="note">
          {rows.length} of {figure(total)} rows
        </p>
      )}
    </Scroll>
  )
}

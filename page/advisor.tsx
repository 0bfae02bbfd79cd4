import { duration } from '../src/report/figures.ts'
import type { PageTiming } from '../src/report/page-data.ts'
import { Scroll } from './box.tsx'

/** The run as it would take on other numbers of threads. */
export function Advisor({ timing }: { timing: PageTiming }) {
  const { advisor = [], threads, enough } = timing
  if (advisor.length === 0) return null
  return (
    <div class="advisor">
      <Scroll label="Threads">
        <table aria-label="Predicted time by number of threads">
          <tbody>
            <tr>
              <th scope="row">Threads</th>
              {advisor.map((row) => (
                <td key={row.threads} class={row.threads === threads ? 'current' : ''}>
                  {row.threads}
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">Predicted time</th>
              {advisor.map((row) => (
                <td key={row.threads} class={row.threads === threads ? 'current' : ''}>
                  {duration(row.seconds)}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </Scroll>
      {enough !== undefined && <p class="note">{enoughText(enough)}</p>}
    </div>
  )
}

function enoughText(enough: number): string {
  return enough === 1 ? 'More than one thread does not help.' : `More than ${enough} threads do not help.`
}

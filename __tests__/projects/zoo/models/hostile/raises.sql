-- depends_on: {{ ref('animals') }}
{% if execute %}
{{ exceptions.raise_compiler_error("<img src=x onerror=alert(1)> **bold** [link](javascript:alert(1)) | pipe | `tick` @octocat #1\n```\nfence closed\n```\n::error::forged\n##[error]forged\n::stop-commands::pause\n<!-- dbt-watcher --> </details> ünïcödé 🦒") }}
{% endif %}
select 1 as id

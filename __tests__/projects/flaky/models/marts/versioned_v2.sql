select id, 2 as answer from {{ ref('below') }}

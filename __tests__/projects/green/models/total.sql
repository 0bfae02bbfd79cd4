select count(*) as fruits from {{ ref('basket') }}

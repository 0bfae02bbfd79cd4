select fruit_id, name from {{ ref('fruits') }}

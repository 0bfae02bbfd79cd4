select * from {{ ref('skip_1') }}

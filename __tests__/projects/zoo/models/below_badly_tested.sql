select * from {{ ref('badly_tested') }}

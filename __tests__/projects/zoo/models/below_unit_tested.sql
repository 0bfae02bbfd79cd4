select * from {{ ref('unit_tested') }}

select * from {{ ref('quick') }}

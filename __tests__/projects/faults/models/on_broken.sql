select * from {{ ref('passing_on') }}

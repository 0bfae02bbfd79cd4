select * from {{ ref('animals') }}

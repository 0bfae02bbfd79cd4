select * from {{ ref('pen', 'animals') }}

select * from {{ ref('leaf') }} where nowhere = 1

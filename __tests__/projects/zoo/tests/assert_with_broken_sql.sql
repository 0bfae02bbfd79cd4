select *
from {{ ref('census') }}
where wings > 2

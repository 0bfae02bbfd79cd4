select distinct branch_name, city
from {{ source('registry', 'branches') }}

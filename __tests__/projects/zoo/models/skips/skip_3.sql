select skip_2.* from {{ ref('skip_2') }} as skip_2
cross join {{ ref('cages', v=1) }}

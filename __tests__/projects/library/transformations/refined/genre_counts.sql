select
    branch,
    {% for g in var('genres') %}
    sum(case when genre = '{{ g }}' then copies else 0 end) as {{ g }}_copies{{ ',' if not loop.last }}
    {% endfor %}
from {{ ref('lnd_books') }}
group by branch

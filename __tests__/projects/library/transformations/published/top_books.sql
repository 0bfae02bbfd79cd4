select
    b.title,
    b.genre,
    count(l.loan_no) as times_lent
from {{ ref('lnd_books') }} as b
join {{ ref('lnd_loans') }} as l
    on l.isbn = b.isbn
group by b.title, b.genre
order by times_lent desc

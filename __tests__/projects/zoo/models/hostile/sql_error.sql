-- the database quotes this line in its message
select 1 as id, "<img src=x onerror=alert(3)> | ``` ::error::forged" as x
